# Signing in and out, and setting the server up.

sign-in-title = Iniciar sesión
sign-in-title-choose = Elegir una cuenta
sign-in-title-again = Confirme que es usted
sign-in-heading-again = Confirme que es usted
sign-in-to-client = para continuar a { $it }
sign-in-and-back = y después volver a { $it }
sign-in-hint-choose = Siga con la cuenta que tiene la sesión abierta aquí, con su contraseña, o inicie sesión con otra.
sign-in-hint-again = Antes de seguir se le pide su contraseña otra vez.
sign-in-create = Las cuentas de este servidor las crea su operador. Pídale una si no la tiene, o inicie sesión con la que tiene.
sign-in-name = Nombre de usuario o dirección de correo
sign-in-password = Contraseña
sign-in-remember = { $count ->
    [one] Mantener la sesión abierta aquí durante { $count } día
   *[other] Mantener la sesión abierta aquí durante { $count } días
}
sign-in-submit = Iniciar sesión
sign-in-continue = Continuar
sign-in-name-missing = Escriba su nombre de usuario o su dirección de correo.
sign-in-wrong = El nombre o la contraseña no es correcto.
sign-in-too-many = { $count ->
    [one] Demasiados intentos. Espere { $count } segundo e inténtelo de nuevo.
   *[other] Demasiados intentos. Espere { $count } segundos e inténtelo de nuevo.
}
sign-in-too-many-minutes = { $count ->
    [one] Demasiados intentos. Espere { $count } minuto e inténtelo de nuevo.
   *[other] Demasiados intentos. Espere { $count } minutos e inténtelo de nuevo.
}
sign-in-locked = Demasiados intentos seguidos. Inicie sesión con una llave de acceso o en un navegador que ya haya usado aquí, o haga que se restablezca su contraseña.
sign-in-busy = Demasiadas personas están iniciando sesión a la vez. Espere un momento e inténtelo de nuevo.
sign-in-disabled = Esta cuenta está desactivada. Pregunte al operador de este servidor.
sign-in-over = Este inicio de sesión ha terminado
sign-in-gone = Estuvo abierto demasiado tiempo, se terminó en otra ventana o pertenece a otro navegador.
sign-in-begin-anew = Vuelva al lugar de donde vino e inicie sesión de nuevo.
sign-in-restart = Iniciar sesión con otra cuenta
sign-in-second-title = Un paso más
sign-in-second-lead = Demuestre una vez más que es { $it }.
sign-in-second-code = Código
sign-in-second-hint-app = Las seis cifras que muestra ahora su aplicación de autenticación.
sign-in-second-hint-recovery = Uno de sus códigos de recuperación. Cada uno sirve una vez.
sign-in-second-hint-both = Las seis cifras que muestra ahora su aplicación de autenticación, o uno de sus códigos de recuperación.
sign-in-second-wrong = El código no es correcto, es demasiado antiguo o ya se usó.
sign-in-enrol-title = Configurar un segundo factor
sign-in-enrol-lead = Necesita una prueba más de quién es antes de seguir como { $it }.
sign-in-enrol-passkey = Una llave de acceso
sign-in-enrol-passkey-hint = Su dispositivo o su gestor de contraseñas demuestra quién es, con su huella, su cara o su PIN.
sign-in-enrol-passkey-do = Configurar una llave de acceso
sign-in-enrol-app = Una aplicación de autenticación
sign-in-codes-lead = Si pierde su dispositivo, uno de estos códigos le permite entrar. Cada uno sirve una vez. Guárdelos en un lugar seguro: solo se muestran ahora.
sign-in-codes-kept = Los he guardado: continuar
sign-in-or = o
sign-in-forgot = ¿Olvidó su contraseña?
sign-in-sign-up = Crear una cuenta
sign-in-create-open = Puede crear una cuenta aquí o iniciar sesión con la que tiene.
time-soon = Esta página está a punto de caducar.
time-more = Más tiempo
time-kept = Ahora tiene más tiempo.
time-over = Esta página ha caducado. Puede empezar de nuevo aquí mismo.
time-again = Empezar de nuevo
